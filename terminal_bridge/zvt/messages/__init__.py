"""Every command of PA00P015 13.08 as a struct, both directions, by family."""
