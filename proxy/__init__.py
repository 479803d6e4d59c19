"""Every call out to a neighbour over HTTP: TPOS, Pancake, pages.fm, Facebook Graph, images. Knows no other app."""
