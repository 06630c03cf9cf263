"""The desk: tick sheets printed and typed, workbooks and ledgers read, reports told, visits kept apart."""
