"""What is seen of each call to a neighbour: a breaker that stops calls in vain, traces, counts and metrics.

`call.watched` is the one entry: `proxy.calling` begins each call with it and tells it how the call went.
"""
