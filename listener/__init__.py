"""Everything that listens: terminals, callbacks, faces for foreign tills, the console."""
