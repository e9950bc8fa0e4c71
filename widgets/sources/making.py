"""From a description of a field to the field, and from a stored source to the texts in them."""

from __future__ import annotations

from console.settings import SourceSettings
from widgets.fields import ChoiceField, Field, FlagField, LinesField, TextField
from widgets.sources.specs import FieldSpec, KindForm, to_text, typed_from


def field_of(spec: FieldSpec) -> Field:
    hint = to_text(spec.default)
    match spec.shape:
        case "flag":
            return FlagField(spec.label, spec.help)
        case "map":
            return LinesField(spec.label, spec.help or "One a line: key = value.", hint=hint or "key = value")
        case "lines":
            return LinesField(spec.label, spec.help or "One a line.", hint=hint)
    if spec.choices:
        words = spec.choices if spec.required or spec.name == "flavour" else ("", *spec.choices)
        titles = [word or (f"{hint} (as usual)" if hint else "as usual") for word in words]
        return ChoiceField(spec.label, words, spec.help, titles=titles)
    return TextField(spec.label + (" (needed)" if spec.required else ""), spec.help, hint=hint)


def stored(form: KindForm, source: SourceSettings) -> dict[str, str]:
    return {
        **typed_from(form, source),
        "name": source.name,
        "period_s": f"{source.period_s:g}" if source.period_s is not None else "",
        "gateway": source.gateway or "",
        "credential": source.credential or "",
    }
