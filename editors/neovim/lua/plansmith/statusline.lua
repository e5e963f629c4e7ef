--- Progress of plans for a statusline.
local server = require('plansmith.server')
local M = {}

---@class plansmith.Progress
---@field done integer
---@field total integer
---@field next? string ID or title of the next task

-- Progress of tracked buffers; `false` for buffers without a plan.
---@type table<integer, plansmith.Progress|false>
local cache = {}
---@type table<integer, uv.uv_timer_t>
local timers = {}

--- Requests the progress of a buffer, and redraws the statusline if it changed.
---@param buffer integer
local function update(buffer)
  if not vim.api.nvim_buf_is_loaded(buffer) then return end
  local client = server.client(buffer)
  if not client or not client.initialized then return end
  server.execute(client, buffer, 'status', { textDocument = server.text_document(buffer) }, function(result)
    local plan = result and (result.plans and result.plans[1] or result.total and result)
    local progress = false ---@type plansmith.Progress|false
    if plan and plan.total and plan.total > 0 then
      local task = plan.next and plan.next[1]
      local id = task and type(task.id) == 'string' and task.id or nil
      progress = { done = plan.done, total = plan.total, next = task and (id or task.title) or nil }
    end
    if not vim.deep_equal(cache[buffer], progress) then
      cache[buffer] = progress
      vim.cmd('redrawstatus!')
    end
  end, true)
end

--- Updates the progress 300 ms after the last call.
---@param buffer integer
local function schedule_update(buffer)
  local timer = timers[buffer] or assert(vim.uv.new_timer())
  timers[buffer] = timer
  timer:start(300, 0, vim.schedule_wrap(function() update(buffer) end))
end

--- Tracks the progress of a buffer. Called on first use, so that buffers without this statusline cause no requests.
---@param buffer integer
local function track(buffer)
  cache[buffer] = false
  local group = vim.api.nvim_create_augroup('plansmith.statusline.' .. buffer, {})
  vim.api.nvim_create_autocmd({ 'LspAttach', 'TextChanged', 'InsertLeave', 'TextChangedI', 'BufWritePost', 'FileChangedShellPost' }, {
    group = group,
    buffer = buffer,
    callback = function() schedule_update(buffer) end,
  })
  vim.api.nvim_create_autocmd('BufUnload', {
    group = group,
    buffer = buffer,
    callback = function()
      if timers[buffer] then
        timers[buffer]:stop()
        timers[buffer]:close()
      end
      cache[buffer], timers[buffer] = nil, nil
      vim.api.nvim_del_augroup_by_id(group)
    end,
  })
  schedule_update(buffer)
end

--- Returns the progress; nil for buffers without a plan.
---@param buffer? integer
---@return plansmith.Progress?
function M.progress(buffer)
  buffer = (not buffer or buffer == 0) and vim.api.nvim_get_current_buf() or buffer
  if cache[buffer] == nil then
    if not server.client(buffer) then return end
    track(buffer)
  end
  return cache[buffer] or nil
end

--- Returns `6/13` with the ID or title of the next task, if any; empty for buffers without a plan.
---@param buffer? integer
---@return string
function M.text(buffer)
  local progress = M.progress(buffer)
  if not progress then return '' end
  local text = ('%d/%d'):format(progress.done, progress.total)
  if not progress.next then return text end
  local name = progress.next
  if vim.fn.strdisplaywidth(name) > 30 then name = vim.fn.strcharpart(name, 0, 29) .. '…' end
  -- In a statusline, "%" starts an item.
  return (('%s → %s'):format(text, name):gsub('%%', '%%%%'))
end

return M
