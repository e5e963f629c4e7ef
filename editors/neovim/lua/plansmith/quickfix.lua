--- Ready tasks and plans in the quickfix window, and the outline in the location list.
local entries = require('plansmith.entries')
local server = require('plansmith.server')
local M = {}

local namespace = vim.api.nvim_create_namespace('plansmith.quickfix')

--- Maximum width of the first and the second column, in cells of the screen.
local MAX_PLAN_WIDTH, MAX_NAME_WIDTH = 28, 60

--- Fits a text into a column.
---@param text string
---@param width integer
---@return string
local function fit(text, width)
  if vim.fn.strdisplaywidth(text) > width then
    text = vim.fn.strcharpart(text, 0, width)
    while vim.fn.strdisplaywidth(text) >= width do
      text = vim.fn.strcharpart(text, 0, vim.fn.strchars(text) - 1)
    end
    text = text .. '…'
  end
  return text .. (' '):rep(width - vim.fn.strdisplaywidth(text))
end

---@param list plansmith.Entry[]
---@param text fun(entry: plansmith.Entry): string
---@param limit integer
---@return integer
local function width_of(list, text, limit)
  local width = 0
  for _, entry in ipairs(list) do
    width = math.max(width, math.min(vim.fn.strdisplaywidth(text(entry)), limit))
  end
  return width
end

--- Returns a row per entry, with aligned columns: plan, line, name, details. Plans are omitted if all are the same.
---@param list plansmith.Entry[]
---@return string[]
local function rows(list)
  local is_one_plan = vim.iter(list):all(function(entry) return entry.plan == list[1].plan end)
  local plan_width = is_one_plan and 0 or width_of(list, function(entry) return entry.plan end, MAX_PLAN_WIDTH)
  -- In a narrow window, the details keep some room.
  local room = math.max(vim.o.columns - plan_width - 40, MAX_NAME_WIDTH / 2)
  local name_width = width_of(list, function(entry) return entry.name end, math.min(MAX_NAME_WIDTH, room))
  return vim
    .iter(list)
    :map(function(entry)
      -- The syntax of the quickfix window reads `file|line| text`.
      local plan = is_one_plan and '' or fit((entry.plan:gsub('|', '/')), plan_width)
      local text = ('%s|%4d| %s  %s'):format(plan, entry.lnum, fit(entry.name, name_width), table.concat(entry.details, ' · '))
      return (text:gsub('%s+$', ''))
    end)
    :totable()
end

--- Returns a function for 'quickfixtextfunc' that returns the rows of a list.
---@param list plansmith.Entry[]
---@param format fun(list: plansmith.Entry[]): string[]
local function text_function(list, format)
  return function(info)
    local all = format(list)
    return vim.list_slice(all, info.start_idx, info.end_idx)
  end
end

---@param list plansmith.Entry[]
---@return vim.quickfix.entry[]
local function items_of(list)
  return vim
    .iter(list)
    :map(function(entry) return { filename = entry.filename, lnum = entry.lnum, col = 1, text = entries.line(entry) } end)
    :totable()
end

--- Shows a list in the quickfix window.
---@param name string one of `entries.sources`
function M.show(name)
  local source = entries.sources[name]
  source.request(function(list)
    if #list == 0 then return server.notify(source.empty) end
    vim.fn.setqflist({}, ' ', {
      title = source.title,
      items = items_of(list),
      quickfixtextfunc = text_function(list, rows),
    })
    vim.cmd('botright copen')
    vim.wo.wrap = false
  end)
end

--- Returns the rows of the outline.
---@param list plansmith.Entry[]
---@return string[]
local function outline_rows(list)
  return vim.iter(list):map(function(entry) return entries.line(entry) end):totable()
end

--- Highlights the states and details of the outline in the current window.
---@param list plansmith.Entry[]
local function highlight(list)
  local buffer = vim.api.nvim_get_current_buf()
  vim.bo[buffer].syntax = ''
  for index, entry in ipairs(list) do
    local start = 2 * (entry.depth or 0)
    local group = ({ done = 'PlansmithDone', blocked = 'PlansmithBlocked', cancelled = 'PlansmithCancelled', active = 'PlansmithActive' })[entry.state]
    if group then
      vim.api.nvim_buf_set_extmark(buffer, namespace, index - 1, start, { end_col = start + #entry.name, hl_group = group })
    elseif not entry.state and entry.depth and entry.depth < 3 then
      vim.api.nvim_buf_set_extmark(buffer, namespace, index - 1, start, { end_col = start + #entry.name, hl_group = 'Title' })
    end
    if #entry.details > 0 then
      vim.api.nvim_buf_set_extmark(buffer, namespace, index - 1, start + #entry.name, {
        end_row = index,
        hl_group = 'PlansmithDetail',
      })
    end
  end
end

--- Shows the outline of the current plan in the location list, with the cursor at the current section or task.
---@param otherwise? fun() called in buffers without a plan
function M.outline(otherwise)
  local source = entries.sources.outline
  local window, row = vim.api.nvim_get_current_win(), vim.api.nvim_win_get_cursor(0)[1]
  if not server.client(vim.api.nvim_get_current_buf()) and otherwise then return otherwise() end
  source.request(function(list)
    if not vim.api.nvim_win_is_valid(window) then return end
    if #list == 0 then return (otherwise or function() server.notify(source.empty) end)() end
    local current = 1
    for index, entry in ipairs(list) do
      if entry.lnum <= row then current = index end
    end
    vim.fn.setloclist(window, {}, ' ', {
      title = source.title,
      items = items_of(list),
      idx = current,
      quickfixtextfunc = text_function(list, outline_rows),
    })
    vim.api.nvim_set_current_win(window)
    vim.cmd('lopen')
    vim.wo.number, vim.wo.relativenumber, vim.wo.signcolumn, vim.wo.wrap = false, false, 'no', false
    highlight(list)
  end)
end

return M
