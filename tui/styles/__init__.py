"""The looks, in Textual's style sheets."""
