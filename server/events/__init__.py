"""The live stream: who may hear what (the gate), and who says it (the publisher)."""
