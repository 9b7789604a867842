module bulkhead/loadgen

go 1.26.0
