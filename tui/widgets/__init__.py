"""The parts of the screens: each reads the store and says what was asked for by messages."""
