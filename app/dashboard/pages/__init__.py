"""The pages, a module each: what its template gets, as a typed class, and how that is come by.

Data come from the services that answer the API too.
"""
