"""The proof of a number: its panel, and the sheet that brings it over any screen."""
