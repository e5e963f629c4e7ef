--- Jumps to tasks and placeholders, and lists of tasks and plans in the quickfix window.
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

--- Returns the path of a plan in a response. Older servers send no URI, only a path relative to the root.
---@param client vim.lsp.Client
---@param plan { uri?: string, path: string }
---@return string
local function path_of(client, plan)
  if plan.uri then return vim.uri_to_fname(plan.uri) end
  return vim.fs.joinpath(client.config.root_dir or vim.uv.cwd(), plan.path)
end

--- Returns the text of a task in the quickfix window.
---@param task { id?: string, title: string, owner?: string, estimate?: string, state: string }
---@return string
local function text_of(task)
  local function non_empty(value) return type(value) == 'string' and value ~= '' and value or nil end
  local name = (non_empty(task.id) and task.id .. ' ' or '') .. task.title
  local details = {} ---@type string[]
  if task.state ~= 'open' then details[#details + 1] = task.state end
  details[#details + 1] = non_empty(task.owner)
  details[#details + 1] = non_empty(task.estimate)
  return #details > 0 and ('%s (%s)'):format(name, table.concat(details, ', ')) or name
end

--- Shows items in the quickfix window.
---@param title string
---@param items vim.quickfix.entry[]
---@param empty string message if `items` is empty
local function show_quickfix(title, items, empty)
  if #items == 0 then return server.notify(empty) end
  vim.fn.setqflist({}, ' ', { title = title, items = items })
  vim.cmd('botright copen')
end

--- Lists the ready tasks of this plan, or of all plans in the project.
---@param all_plans? boolean
function M.list_ready_tasks(all_plans)
  local buffer = vim.api.nvim_get_current_buf()
  local client = all_plans and server.get_or_start(buffer) or server.client(buffer)
  local argument = vim.empty_dict()
  if not all_plans then argument.textDocument = server.text_document(buffer) end
  server.execute(client, buffer, 'nextTasks', argument, function(result)
    local items = {}
    for _, plan in ipairs(result and (result.plans or result) or {}) do
      for _, task in ipairs(plan.tasks) do
        items[#items + 1] = { filename = path_of(client, plan), lnum = task.line, col = 1, text = text_of(task) }
      end
    end
    show_quickfix(all_plans and 'Ready tasks in all plans' or 'Ready tasks', items, 'no tasks ready')
  end)
end

--- Lists all plans in the project with their progress.
function M.list_plans()
  local buffer = vim.api.nvim_get_current_buf()
  local client = server.get_or_start(buffer)
  server.execute(client, buffer, 'status', vim.empty_dict(), function(result)
    local items = {}
    for _, plan in ipairs(result and result.plans or {}) do
      local status = type(plan.status) == 'string' and ', ' .. plan.status or ''
      items[#items + 1] = {
        filename = path_of(client, plan),
        lnum = 1,
        col = 1,
        text = ('%d/%d%s: %s'):format(plan.done, plan.total, status, plan.title or ''),
      }
    end
    show_quickfix('Plans', items, 'no plans found in this project')
  end)
end

return M
