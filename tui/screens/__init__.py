"""The screens. Each is made once and filled again, because Textual never frees a screen."""
