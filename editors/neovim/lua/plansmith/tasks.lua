--- Changing tasks: ticking, cycling, states. All of it is the server's work; here are only lines and keys.
local server = require('plansmith.server')
local M = {}

--- The states that a task can have, as the server names them.
M.states = { 'open', 'active', 'blocked', 'done', 'deferred', 'cancelled' }

---@param command string
---@param first integer
---@param last integer
---@param more? table
local function change(command, first, last, more)
  local buffer = vim.api.nvim_get_current_buf()
  local client = server.of(buffer)
  local argument = vim.tbl_extend('force', {
    textDocument = server.document(buffer),
    ranges = client and { server.lines(client, buffer, first, last) } or {},
  }, more or {})
  server.run(client, buffer, command, argument, function(result)
    if result and result.changed == 0 then server.say(result.reason or 'there is no task here to change') end
  end)
end

--- Ticks the tasks in lines, or opens them again when all are done.
---@param first integer 1-based
---@param last integer 1-based, inclusive
---@param with_children? boolean the tasks below them too
function M.toggle(first, last, with_children) change('toggleTask', first, last, { withChildren = with_children or false }) end

--- A bullet becomes a task, an open task a done one, a done one a bullet.
---@param first integer
---@param last integer
function M.cycle(first, last) change('cycleTask', first, last) end

--- Gives tasks a state.
---@param first integer
---@param last integer
---@param state string one of `states`
---@param update_progress? boolean also bring percentages, tables and logs up to date
function M.set(first, last, state, update_progress)
  change('setState', first, last, { state = state, updateProgress = update_progress or false })
end

--- Asks for a state, and gives it to tasks.
---@param first integer
---@param last integer
---@param update_progress? boolean
function M.ask(first, last, update_progress)
  vim.ui.select(M.states, { prompt = 'State of the task' }, function(state)
    if state then M.set(first, last, state, update_progress) end
  end)
end

-- What an operator does next; the last one is what `.` repeats.
local chosen = M.toggle ---@type fun(first: integer, last: integer)

--- What `operatorfunc` calls.
function M.operate()
  chosen(vim.api.nvim_buf_get_mark(0, '[')[1], vim.api.nvim_buf_get_mark(0, ']')[1])
end

--- For mappings with `expr`: an operator that waits for a motion, or takes the selection.
---@param action fun(first: integer, last: integer)
---@return string keys
function M.operator(action)
  chosen = action
  vim.o.operatorfunc = "v:lua.require'plansmith.tasks'.operate"
  return 'g@'
end

--- The same for the current line, or as many lines as the count says. The cursor stays, and `.` repeats it.
---@param action fun(first: integer, last: integer)
---@return string keys
function M.here(action) return M.operator(action) .. (vim.v.count > 1 and '_' or 'l') end

return M
