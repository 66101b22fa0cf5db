package main

// redisMutants are bugs in the Redis engine, most of them in its Lua files, which Go embeds from the overlay
// as it does from the disk.
var redisMutants = []mutant{}
