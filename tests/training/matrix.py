"""The matrix's rows of training (tests/matrix.py says what a row is)."""

from __future__ import annotations

TABLE = """
api-cycle-list                    GET   in  ok  ok  ok  ok  ok
api-cycle-list                    POST  in  403 403 ok  ok  403
api-cycle-detail                  GET   in  ok  ok  ok  ok  ok
api-cycle-members                 GET   in  ok  ok  ok  ok  ok
api-cycle-excuse                  POST  in  403 403 ok  ok  403
api-cycle-revoke                  POST  in  403 403 ok  ok  403
training-cycles                   GET   in  ok  ok  ok  ok  ok
training-cycles-open              POST  in  403 403 ok  ok  403
training-quarter                  GET   in  ok  ok  ok  ok  ok
training-member                   GET   in  ok  404 ok  ok  404
training-member                   POST  in  403 404 ok  ok  404
training-person                   GET   in  ok  404 ok  ok  404
training-history                  GET   in  ok  ok  ok  ok  ok
training-history                  POST  in  403 403 ok  ok  403
training-history-book             POST  in  403 403 ok  ok  403
training-history-csv              GET   in  ok  ok  ok  ok  ok
training-history-xlsx             GET   in  ok  ok  ok  ok  ok
training-matrix                   GET   in  403 403 ok  ok  403
training-matrix-enrol             POST  in  403 403 ok  ok  403
training-matrix-csv               GET   in  403 403 ok  ok  403
api-certificate-list              GET   in  ok  ok  ok  ok  ok
api-certificate-detail            GET   in  ok  404 ok  ok  404
api-certificate-revoke            POST  in  403 403 ok  ok  403
certificates                      GET   in  ok  ok  ok  ok  ok
certificate-pdf                   GET   in  ok  404 ok  ok  404
certificate-revoke                GET   in  403 403 ok  ok  403
certificate-revoke                POST  in  403 403 ok  ok  403
certificate-verify                GET   ok  ok  ok  ok  ok  ok
api-need-list                     GET   in  ok  ok  ok  ok  ok
api-need-list                     POST  in  403 403 ok  ok  403
api-need-detail                   GET   in  ok  404 ok  ok  404
api-need-dismiss                  POST  in  403 403 ok  ok  403
needs                             GET   in  ok  ok  ok  ok  ok
need-new                          GET   in  403 403 ok  ok  403
need-new                          POST  in  403 403 ok  ok  403
need                              GET   in  ok  404 ok  ok  404
need-dismiss                      POST  in  403 403 ok  ok  403
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
