--- How far the plan of a buffer is, for a statusline.
local server = require('plansmith.server')
local M = {}

---@class plansmith.Progress
---@field done integer
---@field total integer
---@field next? string the task to begin with

---@type table<integer, plansmith.Progress|false>
local known = {}
---@type table<integer, uv.uv_timer_t>
local timers = {}

---@param buffer integer
local function ask(buffer)
  if not vim.api.nvim_buf_is_loaded(buffer) then return end
  local client = server.of(buffer)
  if not client or not client.initialized then return end
  server.run(client, buffer, 'status', { textDocument = server.document(buffer) }, function(answer)
    local plan = answer and (answer.plans and answer.plans[1] or answer.total and answer)
    local progress = false ---@type plansmith.Progress|false
    if plan and plan.total and plan.total > 0 then
      local task = plan.next and plan.next[1]
      local id = task and type(task.id) == 'string' and task.id or nil
      progress = { done = plan.done, total = plan.total, next = task and (id or task.title) or nil }
    end
    if not vim.deep_equal(known[buffer], progress) then
      known[buffer] = progress
      vim.cmd('redrawstatus!')
    end
  end, true)
end

--- Asks a little later, once however many changes come.
---@param buffer integer
local function soon(buffer)
  local timer = timers[buffer] or assert(vim.uv.new_timer())
  timers[buffer] = timer
  timer:start(300, 0, vim.schedule_wrap(function() ask(buffer) end))
end

--- Follows a buffer. Nothing is asked for buffers whose statusline nobody looks at.
---@param buffer integer
local function follow(buffer)
  known[buffer] = false
  local group = vim.api.nvim_create_augroup('plansmith.statusline.' .. buffer, {})
  vim.api.nvim_create_autocmd({ 'LspAttach', 'TextChanged', 'InsertLeave', 'TextChangedI', 'BufWritePost', 'FileChangedShellPost' }, {
    group = group,
    buffer = buffer,
    callback = function() soon(buffer) end,
  })
  vim.api.nvim_create_autocmd('BufUnload', {
    group = group,
    buffer = buffer,
    callback = function()
      if timers[buffer] then
        timers[buffer]:stop()
        timers[buffer]:close()
      end
      known[buffer], timers[buffer] = nil, nil
      vim.api.nvim_del_augroup_by_id(group)
    end,
  })
  soon(buffer)
end

--- The progress as numbers; nil for a buffer that is no plan.
---@param buffer? integer
---@return plansmith.Progress?
function M.progress(buffer)
  buffer = (not buffer or buffer == 0) and vim.api.nvim_get_current_buf() or buffer
  if known[buffer] == nil then
    if not server.of(buffer) then return end
    follow(buffer)
  end
  return known[buffer] or nil
end

--- `6/13`, with the number or name of the next task if there is one; empty for a buffer that is no plan.
---@param buffer? integer
---@return string
function M.text(buffer)
  local progress = M.progress(buffer)
  if not progress then return '' end
  local text = ('%d/%d'):format(progress.done, progress.total)
  if not progress.next then return text end
  local name = progress.next
  if vim.fn.strdisplaywidth(name) > 30 then name = vim.fn.strcharpart(name, 0, 29) .. '…' end
  -- A statusline reads "%" as the beginning of an item.
  return (('%s → %s'):format(text, name):gsub('%%', '%%%%'))
end

return M
