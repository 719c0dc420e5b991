"""What is read from the tables, a file for each domain; services, pages and the sync ask here, and nowhere else.

Every function takes the session, so that the caller decides what is read in one state of the database.
"""
