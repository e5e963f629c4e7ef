--- Access to the server: its clients and its commands.
local M = {}

---@alias plansmith.Range lsp.Range

--- Shows a message to the user.
---@param message string
---@param level? integer
function M.notify(message, level) vim.notify('plansmith: ' .. message, level or vim.log.levels.INFO) end

--- Returns the client that is attached to a buffer.
---@param buffer integer
---@return vim.lsp.Client?
function M.client(buffer) return vim.lsp.get_clients({ bufnr = buffer, name = 'plansmith' })[1] end

--- Returns the client of a buffer, or any client. If none is running, starts a server and waits for it for at most five
--- seconds.
---@param buffer integer
---@return vim.lsp.Client?
function M.get_or_start(buffer)
  local client = M.client(buffer) or vim.lsp.get_clients({ name = 'plansmith' })[1]
  if client then return client end
  local id = require('plansmith.start').start_detached()
  client = id and vim.lsp.get_client_by_id(id) or nil
  if client then vim.wait(5000, function() return client.initialized == true end, 20) end
  return client
end

---@param buffer integer
---@return { uri: string }
function M.text_document(buffer) return { uri = vim.uri_from_bufnr(buffer) } end

--- Returns the LSP range of whole lines.
---@param client vim.lsp.Client
---@param buffer integer
---@param first integer 1-based
---@param last integer 1-based, inclusive
---@return plansmith.Range
function M.line_range(client, buffer, first, last)
  local count = vim.api.nvim_buf_line_count(buffer)
  first, last = math.max(1, math.min(first, count)), math.max(1, math.min(last, count))
  local text = vim.api.nvim_buf_get_lines(buffer, last - 1, last, false)[1] or ''
  local ends = { last, math.max(#text - 1, 0) }
  return vim.lsp.util.make_given_range_params({ first, 0 }, ends, buffer, client.offset_encoding).range
end

--- Returns the LSP position of the cursor.
---@param client vim.lsp.Client
---@return lsp.Position
function M.position(client) return vim.lsp.util.make_position_params(0, client.offset_encoding).position end

--- Executes a command of the server. Errors are shown to the user; `callback` is called only with a result.
---@param client vim.lsp.Client?
---@param buffer integer
---@param name string command without the prefix `plansmith.server.`
---@param argument table
---@param callback? fun(result: any)
---@param quiet? boolean do not show errors, for requests that the user did not make
function M.execute(client, buffer, name, argument, callback, quiet)
  local params = { command = 'plansmith.server.' .. name, arguments = { argument } }
  M.request(client, buffer, 'workspace/executeCommand', params, callback, quiet)
end

--- Sends a request to the server. Errors are shown to the user; `callback` is called only with a result.
---@param client vim.lsp.Client?
---@param buffer integer
---@param method string
---@param params table
---@param callback? fun(result: any)
---@param quiet? boolean do not show errors, for requests that the user did not make
function M.request(client, buffer, method, params, callback, quiet)
  if not client then
    if quiet then return end
    M.notify('server not running in this buffer; see :checkhealth plansmith', vim.log.levels.WARN)
    return
  end
  local function handle(err, result)
    if err and quiet then
      return
    elseif err then
      M.notify(err.message or tostring(err), vim.log.levels.WARN)
    elseif callback then
      callback(result)
    end
  end
  if vim.fn.has('nvim-0.11') == 1 then
    client:request(method, params, handle, buffer)
  else
    client.request(method, params, handle, buffer)
  end
end

return M
