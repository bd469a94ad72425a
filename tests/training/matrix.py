"""The matrix's rows of training (tests/matrix.py says what a row is)."""

from __future__ import annotations

TABLE = """
api-review-list                   GET   in  ok  ok  ok  ok  ok
api-review-detail                 GET   in  ok  404 ok  ok  404
api-review-rate                   POST  in  403 403 ok  ok  403
api-review-dispute                POST  in  ok  404 ok  ok  404
api-review-answer                 POST  in  403 403 ok  ok  403
reviews                           GET   in  ok  ok  ok  ok  ok
review-draw                       GET   in  403 403 ok  ok  403
review-draw                       POST  in  403 403 ok  ok  403
review-forms                      GET   in  403 403 ok  ok  403
review-form-new                   GET   in  403 403 ok  ok  403
review-form-new                   POST  in  403 403 ok  ok  403
review-form                       GET   in  403 403 ok  ok  403
review-form                       POST  in  403 403 ok  ok  403
review                            GET   in  ok  404 ok  ok  404
review                            POST  in  ok  404 ok  ok  404
review-dispute                    POST  in  ok  404 ok  ok  404
review-answer                     POST  in  403 403 ok  ok  403
"""
