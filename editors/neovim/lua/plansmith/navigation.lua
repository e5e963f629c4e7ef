--- Going to tasks and placeholders, and the lists of them.
local server = require('plansmith.server')
local M = {}

---@param command string
---@param backwards boolean
---@param nothing string what to say when there is none
local function go(command, backwards, nothing)
  local buffer = vim.api.nvim_get_current_buf()
  local client = server.of(buffer)
  local argument = {
    textDocument = server.document(buffer),
    position = client and server.position(client) or nil,
    backwards = backwards,
  }
  server.run(client, buffer, command, argument, function(place)
    if not client or not place or place == vim.NIL then return server.say(nothing) end
    -- A jump, so that CTRL-O comes back.
    local show = vim.lsp.util.show_document
    show(place, client.offset_encoding, { reuse_win = true, focus = true })
  end)
end

--- To the next task that can start.
---@param backwards? boolean
function M.task(backwards) go('nextTask', backwards or false, 'no further task can start') end

--- To the next placeholder that the template left.
---@param backwards? boolean
function M.placeholder(backwards) go('nextPlaceholder', backwards or false, 'no further placeholder') end

--- The file of an entry of the server's lists.
---@param client vim.lsp.Client
---@param plan { uri?: string, path: string }
---@return string
local function file(client, plan)
  if plan.uri then return vim.uri_to_fname(plan.uri) end
  return vim.fs.joinpath(client.config.root_dir or vim.uv.cwd(), plan.path)
end

---@param task { id?: string, title: string, owner?: string, estimate?: string, state: string }
---@return string
local function text_of(task)
  local function said(value) return type(value) == 'string' and value ~= '' and value or nil end
  local name = (said(task.id) and task.id .. ' ' or '') .. task.title
  local more = {} ---@type string[]
  if task.state ~= 'open' then more[#more + 1] = task.state end
  more[#more + 1] = said(task.owner)
  more[#more + 1] = said(task.estimate)
  return #more > 0 and ('%s (%s)'):format(name, table.concat(more, ', ')) or name
end

---@param title string
---@param items vim.quickfix.entry[]
---@param nothing string
local function quickfix(title, items, nothing)
  if #items == 0 then return server.say(nothing) end
  vim.fn.setqflist({}, ' ', { title = title, items = items })
  vim.cmd('botright copen')
end

--- Lists the tasks that can start now, of this plan or of all plans of the project.
---@param everywhere? boolean
function M.next_tasks(everywhere)
  local buffer = vim.api.nvim_get_current_buf()
  local client = everywhere and server.any(buffer) or server.of(buffer)
  local argument = vim.empty_dict()
  if not everywhere then argument.textDocument = server.document(buffer) end
  server.run(client, buffer, 'nextTasks', argument, function(answer)
    local items = {}
    for _, plan in ipairs(answer and (answer.plans or answer) or {}) do
      for _, task in ipairs(plan.tasks) do
        items[#items + 1] = { filename = file(client, plan), lnum = task.line, col = 1, text = text_of(task) }
      end
    end
    quickfix(everywhere and 'Tasks that can start in all plans' or 'Tasks that can start', items, 'no task can start')
  end)
end

--- Lists all plans of the project, with how far they are.
function M.plans()
  local buffer = vim.api.nvim_get_current_buf()
  local client = server.any(buffer)
  server.run(client, buffer, 'status', vim.empty_dict(), function(answer)
    local items = {}
    for _, plan in ipairs(answer and answer.plans or {}) do
      local status = type(plan.status) == 'string' and ', ' .. plan.status or ''
      items[#items + 1] = {
        filename = file(client, plan),
        lnum = 1,
        col = 1,
        text = ('%d/%d%s: %s'):format(plan.done, plan.total, status, plan.title or ''),
      }
    end
    quickfix('Plans', items, 'there is no plan in this project')
  end)
end

return M
