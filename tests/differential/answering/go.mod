module bulkhead/differential/answering

go 1.26.0
