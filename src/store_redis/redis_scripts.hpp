// The scripts that run inside Redis, in one place. Each is described above its text; docs/redis.md lists the
// commands that they use as the rights of the gateway's user, and store_redis/redis_rights checks them.
//
// Invariant: before a script writes anything, it checks whose the lease is. A script that refuses has written
// nothing.
#pragma once

namespace kgw::redis_scripts {

// Takes the lease, or resumes it if nobody had it meanwhile. A number larger than ours was given to another
// gateway, as it grows with Redis' own time, even if Redis was emptied in between. One that is smaller or
// missing: Redis has lost data, and nobody came after us.
// KEYS: the lease, its number, meta. ARGV: our token, our number (0: never held), milliseconds, the number of
// another gateway to which one that never held it leaves it (0: nobody).
// -> {1, number, commits, number before}: it is ours. {0, token, number}: another gateway has it. {2,
// number}: another one had it. {3, number}: nobody has it, and the other gateway's number is gone.
inline constexpr const char* kTake = R"(
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  return {0, holder, tonumber(redis.call('GET', KEYS[2]) or '0')}
end
local before = tonumber(redis.call('GET', KEYS[2]) or '0')
local epoch = tonumber(ARGV[2])
if epoch == 0 and before < tonumber(ARGV[4]) then return {3, before} end
if epoch ~= 0 and before > epoch then return {2, before} end
if epoch == 0 then
  local time = redis.call('TIME')
  epoch = math.max(before + 1, tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))
end
if epoch ~= before then redis.call('SET', KEYS[2], string.format('%.0f', epoch)) end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return {1, epoch, tonumber(redis.call('HGET', KEYS[3], 'commits') or '0'), before}
)";

// KEYS: the lease. ARGV: our token.
inline constexpr const char* kGiveBack = R"(
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
)";

// Uses every command of the other scripts, on keys that hold nothing; -> the names of those refused to this
// user. Refusals for other reasons (a full Redis) are ignored. Writes nothing while another gateway has the
// lease, as a waiting gateway asks again and again.
// KEYS: the lease; a hash, a sorted set, a set, a stream, a string, none of which exists. ARGV: our token.
inline constexpr const char* kRights = R"(
local missing = {}
local holder = redis.pcall('GET', KEYS[1])
if type(holder) == 'string' and holder ~= ARGV[1] then return missing end
local function try(...)
  local done = redis.pcall(...)
  if type(done) == 'table' and done.err and
      (string.find(done.err, 'NOPERM', 1, true) or string.find(done.err, 'user executing the script', 1, true)) then
    missing[#missing + 1] = ({...})[1]
  end
end
try('TIME')
try('HSET', KEYS[2], 'a', '1')
try('HSETNX', KEYS[2], 'a', '1')
try('HINCRBY', KEYS[2], 'a', 1)
try('HGET', KEYS[2], 'a')
try('HEXISTS', KEYS[2], 'a')
try('EXISTS', KEYS[2])
try('ZADD', KEYS[3], 0, 'a')
try('ZREM', KEYS[3], 'a')
try('SADD', KEYS[4], 'a')
try('SREM', KEYS[4], 'a')
try('XADD', KEYS[5], '1-1', 'a', '1')
try('SET', KEYS[6], 'a', 'PX', 1000)
try('GET', KEYS[6])
try('PEXPIRE', KEYS[6], 1000)
try('DEL', KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6])
return missing
)";

// KEYS: lease, meta, exchanges, open, kiosks, keys, connections, audit, late bodies, callbacks, those of each
// CallbackState (four), finals, unclaimed, then one for each operation. ARGV: our token, the lease's
// milliseconds, then for each operation its letter, the number of its arguments, and these:
//   A accepted: member, dispatched at or nothing, fields
//   D dispatched: at, session
//   N answered: member, fields
//   E ended: member, state, at, why      V resolved: member, fields
//   X key claimed: the claim's text, 'moved' or nothing; the acceptance that it belongs to comes next, its
//     order between them. What was moved here from another gateway is written even if another has its key
//   F key free: member      T key ends: member, milliseconds
//   O order claimed: member, 'moved' or nothing; the acceptance that it belongs to comes next
//   P order settled by the answer, the end or the resolution before it: member, fate (a digit) or nothing (it
//     is free), milliseconds, fate that it must have (or nothing)
//   L unclaimed: member, at      M claimed: member, at, how
//   K kiosk: id, fields      R kiosk removed: id      Y API key: id, fields      S kept by name: name, value
//   W a callback is owed: member, n, since when    B what became of it: member, n, state, the rest of its field
//   U audit: its id in the stream, fields      C connection: its id, milliseconds to keep, fields
// The lease is renewed last: once a script has written something, a full Redis refuses none of its further
// writes, and never PEXPIRE. Everything is safe to do twice: the first acceptance, dispatch, answer and end
// count. A lease that nobody holds (expired, or Redis was emptied) is no other gateway's, but not ours either:
// kTake decides.
// -> {number, n, i, text, i, text, ...}: the number of this commit; n records belong to exchanges that are
// missing (evicted, deleted, lost) and were not written; nor was the acceptance after the i-th claim of this
// call, as another exchange has that key, or that order, with a claim of this text.
// A timed-out one (state 3) and an answer of unknown outcome (2) keep their body as long as nobody knows
// better.
inline constexpr const char* kCommit = R"(
local holder = redis.call('GET', KEYS[1])
if not holder then return redis.error_reply('KGWGONE nobody holds the lease') end
if holder ~= ARGV[1] then return redis.error_reply('KGWLEASE another gateway has taken over') end
local at, k, last, missing = 3, 16, '', 0
-- One that ends behind the mark of the bodies' sweep, which will not come again: its body is emptied by its end.
-- So is one about which a callback was owed, once that is over: at 0, it is looked at in the next sweep.
local function behind_the_mark(member, ended)
  local from = redis.call('HGET', KEYS[2], 'bodies_from')
  if not from or member >= from then return end
  redis.call('ZADD', KEYS[9], 0, string.format('%013.0f', tonumber(ended)) .. ':' .. member)
end
local claims, mine, made, settles, anew, answer = 0, true, nil, true, nil, {}
while at <= #ARGV do
  local what, first = ARGV[at], at + 2
  local finish = at + 1 + tonumber(ARGV[at + 1])
  at, k = finish + 1, k + 1
  local key = KEYS[k]
  if what == 'X' then
    claims = claims + 1
    local text = redis.call('GET', key)
    mine = not text or text == ARGV[first] or ARGV[first + 1] ~= ''
    if not text then
      redis.call('SET', key, ARGV[first])
      made = key
    elseif not mine then
      answer[#answer + 1] = claims
      answer[#answer + 1] = text
    end
  elseif what == 'O' then
    claims = claims + 1
    local text = mine and redis.call('GET', key)
    if mine and not text then
      redis.call('SET', key, '0:' .. ARGV[first])
      anew = key
    elseif mine and string.sub(text, 3) ~= ARGV[first] and ARGV[first + 1] == '' then
      mine = false
      if made then redis.call('DEL', made) end
      answer[#answer + 1] = claims
      answer[#answer + 1] = text
    end
  elseif what == 'P' then
    local text = redis.call('GET', key)
    local may = settles and (ARGV[first + 3] == '' or (text and string.sub(text, 1, 1) == ARGV[first + 3]))
    if may and text and string.sub(text, 3) == ARGV[first] then
      if ARGV[first + 1] == '' then
        redis.call('DEL', key)
      else
        redis.call('SET', key, ARGV[first + 1] .. ':' .. ARGV[first], 'PX', ARGV[first + 2])
      end
    end
  elseif what == 'A' and not mine then
    mine, made, anew = true, nil, nil
  elseif what == 'F' or what == 'T' then
    local text = redis.call('GET', key)
    if text and string.sub(text, 66) == ARGV[first] then
      if what == 'F' then redis.call('DEL', key) else redis.call('PEXPIRE', key, ARGV[first + 1]) end
    end
  elseif what == 'A' then
    -- Written again: what somebody said of it has settled its order.
    if anew and redis.call('HEXISTS', key, 'resolved') == 1 then redis.call('DEL', anew) end
    made, anew = nil, nil
    redis.call('ZADD', KEYS[3], 0, ARGV[first])
    if redis.call('EXISTS', key) == 0 then
      redis.call('HSET', key, unpack(ARGV, first + 2, finish))
      redis.call('ZADD', KEYS[4], 0, ARGV[first])
    elseif redis.call('HEXISTS', key, 'end_state') == 0 then
      if redis.call('HEXISTS', key, 'answered_at') == 0 then redis.call('ZADD', KEYS[4], 0, ARGV[first]) end
      if ARGV[first + 1] ~= '' then redis.call('HSETNX', key, 'dispatched_at', ARGV[first + 1]) end
    end
    if ARGV[first] > last then last = ARGV[first] end
  elseif (what == 'D' or what == 'N' or what == 'E' or what == 'V') and redis.call('EXISTS', key) == 0 then
    missing, settles = missing + 1, false
  elseif what == 'D' then
    if redis.call('HEXISTS', key, 'end_state') == 0 then
      if redis.call('HSETNX', key, 'dispatched_at', ARGV[first]) == 1 then
        redis.call('HSET', key, 'session', ARGV[first + 1])
      end
    end
  elseif what == 'N' then
    settles = redis.call('HEXISTS', key, 'answered_at') == 0
    if settles then
      redis.call('HSET', key, unpack(ARGV, first + 1, finish))
      redis.call('ZREM', KEYS[4], ARGV[first])
      redis.call('HSET', key, 'final', redis.call('XADD', KEYS[15], '*', 'request', ARGV[first], 'state', '2'))
      if redis.call('HGET', key, 'outcome') ~= '2' then
        behind_the_mark(ARGV[first], redis.call('HGET', key, 'answered_at'))
      end
    else  -- written again, or another one, which counts for nothing
      settles = redis.call('HGET', key, 'answered_at') == ARGV[first + 2] and
          redis.call('HGET', key, 'response') == ARGV[finish]
    end
  elseif what == 'E' then
    settles = true
    if redis.call('HSETNX', key, 'end_state', ARGV[first + 1]) == 1 then
      redis.call('HSET', key, 'ended_at', ARGV[first + 2], 'why', ARGV[first + 3])
      redis.call('ZREM', KEYS[4], ARGV[first])
      if ARGV[first + 1] ~= '3' then behind_the_mark(ARGV[first], ARGV[first + 2]) end
      if redis.call('HEXISTS', key, 'answered_at') == 0 then
        redis.call('XADD', KEYS[15], '*', 'request', ARGV[first], 'state', ARGV[first + 1])
      end
    end
  elseif what == 'V' then
    settles = true
    if redis.call('HEXISTS', key, 'resolved') == 0 then
      redis.call('HSET', key, unpack(ARGV, first + 1, finish))
      behind_the_mark(ARGV[first], redis.call('HGET', key, 'resolved_at'))
    end
  elseif what == 'W' then
    local field = 'callback' .. ARGV[first + 1]
    if redis.call('EXISTS', key) == 1 and redis.call('HEXISTS', key, field) == 0 then
      local number = string.format('%016.0f', redis.call('HINCRBY', KEYS[2], 'callbacks', 1))
      local row, time = number .. ':' .. ARGV[first + 1] .. ':' .. ARGV[first], ARGV[first + 2]
      redis.call('HSET', key, field, number .. ' 0 ' .. time .. ' ' .. time .. ' 0 - 0 ')
      redis.call('ZADD', KEYS[10], 0, row)
      redis.call('ZADD', KEYS[11], 0, row)
    end
  elseif what == 'B' then
    local field = 'callback' .. ARGV[first + 1]
    local before = redis.call('HGET', key, field)
    if before then
      local number, state = string.sub(before, 1, 16), ARGV[first + 2]
      local row = number .. ':' .. ARGV[first + 1] .. ':' .. ARGV[first]
      redis.call('HSET', key, field, number .. ' ' .. state .. ' ' .. ARGV[first + 3])
      redis.call('ZREM', KEYS[11 + tonumber(string.sub(before, 18, 18))], row)
      redis.call('ZADD', KEYS[11 + tonumber(state)], 0, row)
      if state ~= '0' then behind_the_mark(ARGV[first], 0) end
    end
  elseif what == 'L' then
    if redis.call('EXISTS', key) == 1 and redis.call('HEXISTS', key, 'claimed_at') == 0 then
      redis.call('HSETNX', key, 'unclaimed_at', ARGV[first + 1])
      redis.call('ZADD', KEYS[16], 0, ARGV[first])
    end
  elseif what == 'M' then
    if redis.call('EXISTS', key) == 1 and redis.call('HSETNX', key, 'claimed_at', ARGV[first + 1]) == 1 then
      redis.call('HSET', key, 'claimed_how', ARGV[first + 2])
      redis.call('ZREM', KEYS[16], ARGV[first])
    end
  elseif what == 'K' then
    redis.call('HSET', key, unpack(ARGV, first + 1, finish))
    redis.call('SADD', KEYS[5], ARGV[first])
  elseif what == 'R' then
    redis.call('DEL', key)
    redis.call('SREM', KEYS[5], ARGV[first])
  elseif what == 'Y' then
    redis.call('HSET', key, unpack(ARGV, first + 1, finish))
    redis.call('SADD', KEYS[6], ARGV[first])
  elseif what == 'S' then
    redis.call('HSET', key, ARGV[first], ARGV[first + 1])
  elseif what == 'U' then
    redis.call('XADD', KEYS[8], ARGV[first], unpack(ARGV, first + 1, finish))
  elseif what == 'C' then
    redis.call('XADD', KEYS[7], ARGV[first], unpack(ARGV, first + 2, finish))
    redis.call('XADD', key, 'MAXLEN', '~', 1000, ARGV[first], unpack(ARGV, first + 2, finish))
    redis.call('PEXPIRE', key, ARGV[first + 1])
  end
end
if last ~= '' and last > (redis.call('HGET', KEYS[2], 'last') or '') then
  redis.call('HSET', KEYS[2], 'last', last)
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local commits = redis.call('HINCRBY', KEYS[2], 'commits', 1)
return {commits, missing, unpack(answer)}
)";

}  // namespace kgw::redis_scripts
