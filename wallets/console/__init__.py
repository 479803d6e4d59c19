"""Money at the counter: each deed is a form, then its effect, then a confirmation. Without JavaScript, too."""
