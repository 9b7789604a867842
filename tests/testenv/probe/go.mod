module bulkhead/probe

go 1.26.0
