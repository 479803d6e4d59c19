"""The inbox: frames become messages, and messages become customers who wait. See ADR 0020.

For others: `understanding.understand` and `understand_all` for who keeps frames, `answering` for who answers.
"""
