module bulkhead/differential/template

go 1.26.0
