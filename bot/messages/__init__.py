"""The sentences that a user reads, by topic and in English, and the answers that they can tap.

`bot/languages/catalogues` says them in the other languages. A sentence without placeholders is a
constant, marked `gettext_noop` and translated when it is put into the outbox; one with placeholders
is a function that translates it at once. A test tells which sentences lack a translation.
"""
