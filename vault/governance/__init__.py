"""What the bank does with the merchants' keys: asked for by one of its people, approved by another, carried out, written down."""
