"""What went wrong with an order, what the shop owes for it, and until when.

For others: `creating`, `changing`, `resolving`, `reconciling`, `writing_off` and `deleting` (every write, a verb each),
`queries` and `lists` (reads), `workflow` and `money` (pure), `models`. See ADR 18.
"""
