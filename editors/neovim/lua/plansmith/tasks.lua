--- Commands that change tasks: toggle, cycle and set state. The server makes the edits; this module passes it the lines.
local server = require('plansmith.server')
local M = {}

--- States of tasks, with the server's names.
M.states = { 'open', 'active', 'blocked', 'done', 'deferred', 'cancelled' }

--- Runs a command of the server on lines of the current buffer.
---@param command string
---@param first integer
---@param last integer
---@param options? table
local function change(command, first, last, options)
  local buffer = vim.api.nvim_get_current_buf()
  local client = server.client(buffer)
  local argument = vim.tbl_extend('force', {
    textDocument = server.text_document(buffer),
    ranges = client and { server.line_range(client, buffer, first, last) } or {},
  }, options or {})
  server.execute(client, buffer, command, argument, function(result)
    if result and result.changed == 0 then server.notify(result.reason or 'no task at the cursor') end
  end)
end

--- Sets the tasks in the lines to done, or to open if all of them are done.
---@param first integer 1-based
---@param last integer 1-based, inclusive
---@param with_children? boolean include subtasks
function M.toggle(first, last, with_children) change('toggleTask', first, last, { withChildren = with_children or false }) end

--- Turns a bullet into an open task, an open task into a done task, and a done task into a bullet.
---@param first integer
---@param last integer
function M.cycle(first, last) change('cycleTask', first, last) end

--- Sets the state of tasks.
---@param first integer
---@param last integer
---@param state string one of `states`
---@param update_progress? boolean update percentages, phase tables and logs too
function M.set_state(first, last, state, update_progress)
  change('setState', first, last, { state = state, updateProgress = update_progress or false })
end

--- Prompts for a state and sets it.
---@param first integer
---@param last integer
---@param update_progress? boolean
function M.select_state(first, last, update_progress)
  vim.ui.select(M.states, { prompt = 'Task state' }, function(state)
    if state then M.set_state(first, last, state, update_progress) end
  end)
end

-- Action of the last operator; `.` repeats it.
local operator_action = M.toggle ---@type fun(first: integer, last: integer)

--- Value of 'operatorfunc'.
function M.operatorfunc()
  operator_action(vim.api.nvim_buf_get_mark(0, '[')[1], vim.api.nvim_buf_get_mark(0, ']')[1])
end

--- Returns the keys of an `expr` mapping that applies `action` to a motion or to the selection.
---@param action fun(first: integer, last: integer)
---@return string keys
function M.operator(action)
  operator_action = action
  vim.o.operatorfunc = "v:lua.require'plansmith.tasks'.operatorfunc"
  return 'g@'
end

--- Returns the keys of an `expr` mapping that applies `action` to the current line or to [count] lines. Does not move the cursor.
---@param action fun(first: integer, last: integer)
---@return string keys
function M.line_operator(action) return M.operator(action) .. (vim.v.count > 1 and '_' or 'l') end

return M
