"""The house's own pages in the admin: its jobs. What is asked there is taken by `n2store.asking`."""
