"""How customers spread over tiers, segments and scores now: one statement."""

import json
from typing import Any

from django.db import connection

SPREAD = """
    SELECT json_build_object(
        'tiers', (SELECT coalesce(json_object_agg(tier, count), '{}')
                  FROM (SELECT tier, count(*) FROM customers_customer GROUP BY tier) t),
        'segments', (SELECT coalesce(json_object_agg(segment, count), '{}')
                     FROM (SELECT segment, count(*) FROM customers_rfmscore GROUP BY segment) t),
        'scores', (SELECT coalesce(json_object_agg(score, counts), '{}') FROM (
            SELECT score, json_build_object(
                'recency', count(*) FILTER (WHERE metric = 'recency'),
                'frequency', count(*) FILTER (WHERE metric = 'frequency'),
                'monetary', count(*) FILTER (WHERE metric = 'monetary')
            ) AS counts
            FROM customers_rfmscore s
            CROSS JOIN LATERAL (
                VALUES ('recency', s.recency), ('frequency', s.frequency), ('monetary', s.monetary)
            ) AS one (metric, score)
            GROUP BY score
        ) t)
    )
"""


def spread() -> dict[str, Any]:
    """Return `tiers` and `segments` as name -> customers, and `scores` as score -> metric -> customers."""
    with connection.cursor() as cursor:
        cursor.execute(SPREAD)
        [found] = cursor.fetchone()
    told: dict[str, Any] = json.loads(found) if isinstance(found, str) else found
    return told
