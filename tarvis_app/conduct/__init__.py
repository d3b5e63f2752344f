"""How the window behaves: what is said when, and which widget follows which state."""
