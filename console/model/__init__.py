"""What things are and how we judge them. Pure values: no clock, no I/O, standard library only."""
