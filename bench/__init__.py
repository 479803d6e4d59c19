"""How fast the shop is, held against what its own database can do: `python -m bench`, one JSON object a line.

It runs a shop of its own (processes as in `make run`, database `n2store_bench` with 200,000 customers and 1,000,000
transactions, kept between runs) and posts to it on loopback. Every rate comes with the CPU seconds it cost and with the
share of the machine that strangers took meanwhile; what is compared is measured in turn, in the same minute.
"""
