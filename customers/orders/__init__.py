"""Orders: facts that other systems tell, taken in by three doors and kept as one row each. See ADR 16.

For others: `taking.take_orders`, `tpos.take_tpos_order_event`, `queries`.
"""
