--- Ready tasks, plans and sections as lists of entries, for the quickfix window and for pickers.
local server = require('plansmith.server')
local M = {}

---@class plansmith.Entry
---@field filename string
---@field lnum integer 1-based
---@field name string for example `[/] 2.1 Collect the loans`
---@field plan string short title of the plan, otherwise its file name
---@field details string[] owner, estimate and phase, or progress and status
---@field state? string state of the task
---@field depth? integer level in the outline, from 0

--- Maximum length of a path in the list of plans; folders of longer paths are shortened.
local MAX_PATH_WIDTH = 28

local CHECKBOXES = { open = '[ ]', active = '[/]', blocked = '[!]', done = '[x]', deferred = '[>]', cancelled = '[-]' }

--- Returns a text, or nil for JSON null and empty texts.
---@param value any
---@return string?
local function non_empty(value) return type(value) == 'string' and value ~= '' and value or nil end

--- Returns the path of a plan in a response. Older servers send no URI, only a path relative to the root.
---@param client vim.lsp.Client
---@param plan { uri?: string, path: string }
---@return string
local function path_of(client, plan)
  if plan.uri then return vim.uri_to_fname(plan.uri) end
  return vim.fs.joinpath(client.config.root_dir or vim.uv.cwd(), plan.path)
end

--- Returns a title without a prefix that many plans share: `Implementation Plan: Move the index` becomes `Move the index`.
---@param title string
---@return string
local function short(title)
  local rest = title:match('^[%a ]*[Pp]lan: +(.+)$')
  return rest or title
end

--- Returns the plans of a response, the plan of the current buffer first.
---@param client vim.lsp.Client
---@param result any
---@return { filename: string, title: string, plan: table }[]
local function plans_of(client, result)
  local current, found = vim.fs.normalize(vim.api.nvim_buf_get_name(0)), {}
  for _, plan in ipairs(result and (result.plans or result) or {}) do
    local filename = path_of(client, plan)
    local at = vim.fs.normalize(filename) == current and 1 or #found + 1
    table.insert(found, at, { filename = filename, title = short(non_empty(plan.title) or vim.fs.basename(filename)), plan = plan })
  end
  return found
end

---@param all_plans boolean
---@param callback fun(entries: plansmith.Entry[])
local function ready_tasks(all_plans, callback)
  local buffer = vim.api.nvim_get_current_buf()
  local client = all_plans and server.get_or_start(buffer) or server.client(buffer)
  local argument = vim.empty_dict()
  if not all_plans then argument.textDocument = server.text_document(buffer) end
  server.execute(client, buffer, 'nextTasks', argument, function(result)
    local entries = {} ---@type plansmith.Entry[]
    for _, found in ipairs(plans_of(assert(client), result)) do
      for _, task in ipairs(found.plan.tasks) do
        local id = non_empty(task.id)
        entries[#entries + 1] = {
          filename = found.filename,
          lnum = task.line,
          name = ('%s %s%s'):format(CHECKBOXES[task.state] or '[ ]', id and id .. ' ' or '', task.title),
          plan = found.title,
          details = vim.tbl_filter(function(part) return part ~= '' end, {
            non_empty(task.owner) or '',
            non_empty(task.estimate) or '',
            non_empty(task.phase) or '',
          }),
          state = task.state,
        }
      end
    end
    callback(entries)
  end)
end

---@param callback fun(entries: plansmith.Entry[])
local function plans(callback)
  local buffer = vim.api.nvim_get_current_buf()
  local client = server.get_or_start(buffer)
  server.execute(client, buffer, 'status', vim.empty_dict(), function(result)
    local entries = {} ---@type plansmith.Entry[]
    for _, found in ipairs(plans_of(assert(client), result)) do
      local plan, path = found.plan, vim.fn.fnamemodify(found.filename, ':.')
      entries[#entries + 1] = {
        filename = found.filename,
        lnum = 1,
        name = ('%5s %s'):format(('%d/%d'):format(plan.done, plan.total), found.title),
        plan = #path > MAX_PATH_WIDTH and vim.fn.pathshorten(path, 3) or path,
        details = { non_empty(plan.status) },
      }
    end
    callback(entries)
  end)
end

--- Lists sections, phases and tasks with their states and progress. The list is empty in buffers without a plan.
---@param callback fun(entries: plansmith.Entry[])
local function outline(callback)
  local buffer = vim.api.nvim_get_current_buf()
  local client = server.client(buffer)
  local document = { textDocument = server.text_document(buffer) }
  -- The symbols have all sections, but no states.
  server.execute(client, buffer, 'items', document, function(items)
    local states = {} ---@type table<integer, string>
    local function collect(nodes)
      for _, node in ipairs(nodes or {}) do
        if node.kind == 'task' then states[node.selectionRange.start.line] = non_empty(node.state) end
        collect(node.children)
      end
    end
    collect(items)
    server.request(client, buffer, 'textDocument/documentSymbol', document, function(symbols)
      local entries, filename = {}, vim.api.nvim_buf_get_name(buffer)
      local function add(nodes, depth)
        for _, node in ipairs(nodes or {}) do
          local line = node.selectionRange.start.line
          local state = states[line]
          local name = node.name
          if state and not name:find('^%[.%]') then name = CHECKBOXES[state] .. ' ' .. name end
          entries[#entries + 1] = {
            filename = filename,
            lnum = line + 1,
            name = name,
            plan = symbols[1].name,
            details = { non_empty(node.detail) },
            state = state,
            depth = depth,
          }
          add(node.children, depth + 1)
        end
      end
      add(symbols ~= vim.NIL and symbols or {}, 0)
      callback(entries)
    end)
  end)
end

---@class plansmith.Source
---@field title string
---@field empty string message for an empty list
---@field request fun(callback: fun(entries: plansmith.Entry[])) errors are shown to the user, without calling back

--- The lists by name.
---@type table<string, plansmith.Source>
M.sources = {
  tasks = {
    title = 'Ready tasks',
    empty = 'no tasks ready',
    request = function(callback) ready_tasks(false, callback) end,
  },
  all_tasks = {
    title = 'Ready tasks in all plans',
    empty = 'no tasks ready',
    request = function(callback) ready_tasks(true, callback) end,
  },
  plans = { title = 'Plans', empty = 'no plans found in this project', request = plans },
  outline = { title = 'Outline', empty = 'not a plan', request = outline },
}

--- Returns the entries of a list, waiting for the server for at most five seconds.
---@param name string
---@return plansmith.Entry[]
function M.wait(name)
  local found ---@type plansmith.Entry[]?
  M.sources[name].request(function(entries) found = entries end)
  vim.wait(5000, function() return found ~= nil end, 10)
  return found or {}
end

--- Returns an entry as one line: `[/] 2.1 Collect the loans  Tomasz · 8 days · Phase 2: Sending`.
---@param entry plansmith.Entry
---@param with_plan? boolean also write the plan
---@return string
function M.line(entry, with_plan)
  local details = vim.list_extend({}, entry.details)
  if with_plan then details[#details + 1] = entry.plan end
  local name = ('  '):rep(entry.depth or 0) .. entry.name
  return #details > 0 and ('%s  %s'):format(name, table.concat(details, ' · ')) or name
end

--- Goes to an entry. Adds an entry to the jump list, so that CTRL-O goes back.
---@param entry plansmith.Entry
function M.jump(entry)
  vim.cmd("normal! m'")
  if vim.fs.normalize(vim.api.nvim_buf_get_name(0)) ~= vim.fs.normalize(entry.filename) then
    vim.cmd.edit(vim.fn.fnameescape(entry.filename))
  end
  vim.api.nvim_win_set_cursor(0, { math.min(entry.lnum, vim.api.nvim_buf_line_count(0)), 0 })
  vim.cmd('normal! ^zv')
end

return M
