--- Jumps to tasks, placeholders, and the other documents of a document set.
local server = require('plansmith.server')
local M = {}

--- Jumps to the location that a server command returns.
---@param command string
---@param backwards boolean
---@param not_found string message if the command returns no location
local function jump(command, backwards, not_found)
  local buffer = vim.api.nvim_get_current_buf()
  local client = server.client(buffer)
  local argument = {
    textDocument = server.text_document(buffer),
    position = client and server.position(client) or nil,
    backwards = backwards,
  }
  server.execute(client, buffer, command, argument, function(location)
    if not client or not location or location == vim.NIL then return server.notify(not_found) end
    -- Adds an entry to the jump list, so that CTRL-O goes back.
    local show = vim.lsp.util.show_document
    show(location, client.offset_encoding, { reuse_win = true, focus = true })
  end)
end

--- Jumps to the next or previous ready task.
---@param backwards? boolean
function M.jump_to_ready_task(backwards) jump('nextTask', backwards or false, 'no more ready tasks') end

--- Jumps to the next or previous placeholder.
---@param backwards? boolean
function M.jump_to_placeholder(backwards) jump('nextPlaceholder', backwards or false, 'no more placeholders') end

---@alias plansmith.Document { role: string, name: string, uri: string }

--- Requests the other documents in the document set of the current buffer.
---@param callback fun(documents: plansmith.Document[])
local function request_documents(callback)
  local buffer = vim.api.nvim_get_current_buf()
  server.execute(server.client(buffer), buffer, 'goToSibling', { textDocument = server.text_document(buffer) }, callback)
end

--- Returns the names of the other documents in the document set, waiting for the server for at most two seconds.
---@return string[]
function M.document_names()
  local documents ---@type plansmith.Document[]?
  request_documents(function(found) documents = found end)
  vim.wait(2000, function() return documents ~= nil end, 10)
  return vim.fn.sort(vim.tbl_map(function(document) return document.name end, documents or {}))
end

--- Opens another document of the document set. Prompts for it if there are several.
---@param name? string name or role, such as "tasks.md" or "tasks"
function M.open_document(name)
  local function open(document)
    if document then vim.cmd.edit(vim.fn.fnameescape(vim.uri_to_fname(document.uri))) end
  end
  request_documents(function(documents)
    if #documents == 0 then return server.notify('no other documents in this set') end
    if not name and #documents == 1 then return open(documents[1]) end
    if not name then
      local format = function(document) return document.name end
      return vim.ui.select(documents, { prompt = 'Document to open', format_item = format }, open)
    end
    local found = vim.iter(documents):find(function(document) return document.name == name or document.role == name end)
    if found then return open(found) end
    local names = table.concat(vim.tbl_map(function(document) return document.name end, documents), ', ')
    server.notify(('unknown document `%s`; expected %s'):format(name, names), vim.log.levels.ERROR)
  end)
end

return M
