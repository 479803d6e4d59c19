"""Counts that end where nobody looks further."""

from django import template

from n2store.counting import told_count

register = template.Library()
register.filter("told_count", told_count)
