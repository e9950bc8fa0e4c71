"""The small pieces screens are made of. They show what they are given, compute nothing and ask nobody."""
