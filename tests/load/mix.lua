-- SPDX-License-Identifier: GPL-2.0-only
--
-- For wrk: a mix of requests, every other round compressed, of the newest snapshot that
-- a redirect told of.
-- Arguments: the first snapshot, then the targets; {newest} in one stands for an id.
local targets = {}
local newest
local turn = 0
local compressed = { ["Accept-Encoding"] = "gzip" }
local headers

function init(arguments)
   newest = arguments[1]
   for i = 2, #arguments do
      targets[#targets + 1] = arguments[i]
   end
end

function request()
   turn = turn % #targets + 1
   if turn == 1 then
      headers = headers == nil and compressed or nil
   end
   return wrk.format("GET", (targets[turn]:gsub("{newest}", newest)), headers)
end

function response(_, headers)
   local location = headers["Location"]
   if location then
      newest = location:match("/snapshots/(%d+)") or newest
   end
end

function done(summary)
   local errors = summary.errors
   io.write(
      string.format(
         '\n{"requests":%d,"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d}\n',
         summary.requests,
         errors.connect,
         errors.read,
         errors.write,
         errors.status,
         errors.timeout
      )
   )
end
