"""Plays the shop's neighbours over their own protocols, on loopback only: a module for each neighbour.

`sepay` says what SePay sends; `texts` and `people` what stands in it; `loopback` carries it; `play` keeps time, repeats
and retries. For the demo, the tests and `manage.py simulate`; product code never knows that it is there.
"""
