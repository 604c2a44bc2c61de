"""The figures: one file measures one of them."""
