"""When may we stop? The probability of exit for each coming day, by simulating many futures from where things stand.

``standing`` says what is known, ``arrivals``, ``fixing`` and ``windows`` play one kind of process each, ``exit`` lays the
criteria over each other and looks for the first instant at which all hold, ``score`` judges what was forecast before.
"""
