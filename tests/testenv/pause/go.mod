module bulkhead/pause

go 1.26.0
