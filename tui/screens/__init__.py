"""The screens: each is made once and filled again, because screens of Textual leak."""
