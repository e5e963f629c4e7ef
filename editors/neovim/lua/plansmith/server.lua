--- Talking to the server: which one, and its commands.
local M = {}

---@alias plansmith.Range lsp.Range

---@param message string
---@param level? integer
function M.say(message, level) vim.notify('plansmith: ' .. message, level or vim.log.levels.INFO) end

--- The server of a buffer.
---@param buffer integer
---@return vim.lsp.Client?
function M.of(buffer) return vim.lsp.get_clients({ bufnr = buffer, name = 'plansmith' })[1] end

--- The server of a buffer, else any, else a new one.
---@param buffer integer
---@return vim.lsp.Client?
function M.any(buffer)
  local client = M.of(buffer) or vim.lsp.get_clients({ name = 'plansmith' })[1]
  if client then return client end
  local started = require('plansmith.start').alone()
  client = started and vim.lsp.get_client_by_id(started) or nil
  if client then vim.wait(5000, function() return client.initialized == true end, 20) end
  return client
end

---@param buffer integer
---@return { uri: string }
function M.document(buffer) return { uri = vim.uri_from_bufnr(buffer) } end

--- Whole lines as the protocol counts them.
---@param client vim.lsp.Client
---@param buffer integer
---@param first integer 1-based
---@param last integer 1-based, inclusive
---@return plansmith.Range
function M.lines(client, buffer, first, last)
  local count = vim.api.nvim_buf_line_count(buffer)
  first, last = math.max(1, math.min(first, count)), math.max(1, math.min(last, count))
  local text = vim.api.nvim_buf_get_lines(buffer, last - 1, last, false)[1] or ''
  local ends = { last, math.max(#text - 1, 0) }
  return vim.lsp.util.make_given_range_params({ first, 0 }, ends, buffer, client.offset_encoding).range
end

--- The cursor as the protocol counts it.
---@param client vim.lsp.Client
---@return lsp.Position
function M.position(client) return vim.lsp.util.make_position_params(0, client.offset_encoding).position end

--- Runs a command of the server; what is wrong is shown, and `done` is called with the answer only when there is one.
---@param client vim.lsp.Client?
---@param buffer integer
---@param name string the command without its prefix
---@param argument table
---@param done? fun(result: any)
---@param quiet? boolean say nothing when it fails: for what nobody has asked for
function M.run(client, buffer, name, argument, done, quiet)
  if not client then
    if quiet then return end
    M.say('the server does not run here; :checkhealth plansmith tells why', vim.log.levels.WARN)
    return
  end
  local params = { command = 'plansmith.server.' .. name, arguments = { argument } }
  local function answered(err, result)
    if err and quiet then
      return
    elseif err then
      M.say(err.message or tostring(err), vim.log.levels.WARN)
    elseif done then
      done(result)
    end
  end
  if vim.fn.has('nvim-0.11') == 1 then
    client:request('workspace/executeCommand', params, answered, buffer)
  else
    client.request('workspace/executeCommand', params, answered, buffer)
  end
end

return M
