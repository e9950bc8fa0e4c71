"""The Radar screen: numbers against words."""
