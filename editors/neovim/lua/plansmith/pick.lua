--- `:PlanPick`: ready tasks, plans and the outline in the picker of the user: snacks, telescope, fzf-lua or `vim.ui.select`.
local entries = require('plansmith.entries')
local server = require('plansmith.server')
local M = {}

---@alias plansmith.Picker fun(title: string, list: plansmith.Entry[], options: table)

--- Returns a function that formats an entry as one line, with its plan if the list has several plans.
---@param list plansmith.Entry[]
---@return fun(entry: plansmith.Entry): string
local function formatter(list)
  local has_plans = not vim.iter(list):all(function(entry) return entry.plan == list[1].plan end)
  return function(entry) return entries.line(entry, has_plans) end
end

--- Returns items for snacks.nvim.
---@param list plansmith.Entry[]
---@return table[]
function M.snacks_items(list)
  local format = formatter(list)
  return vim
    .iter(list)
    :map(function(entry) return { text = format(entry), file = entry.filename, pos = { entry.lnum, 0 } } end)
    :totable()
end

---@type table<string, plansmith.Picker>
M.pickers = {
  snacks = function(title, list, options)
    local defaults = { source = 'plansmith', title = title, items = M.snacks_items(list), format = 'text', preview = 'file' }
    Snacks.picker.pick(vim.tbl_extend('force', defaults, options))
  end,

  telescope = function(title, list, options)
    local format, config = formatter(list), require('telescope.config').values
    require('telescope.pickers')
      .new(options, {
        prompt_title = title,
        finder = require('telescope.finders').new_table({
          results = list,
          entry_maker = function(entry)
            local text = format(entry)
            return { value = entry, display = text, ordinal = text, filename = entry.filename, lnum = entry.lnum, col = 1 }
          end,
        }),
        sorter = config.generic_sorter(options),
        previewer = config.grep_previewer(options),
      })
      :find()
  end,

  ['fzf-lua'] = function(title, list, options)
    local format, fzf = formatter(list), require('fzf-lua')
    local lines = vim
      .iter(list)
      :map(function(entry)
        return ('%s:%d:1: %s'):format(vim.fn.fnamemodify(entry.filename, ':.'), entry.lnum, format(entry))
      end)
      :totable()
    local defaults = { prompt = title .. '> ', previewer = 'builtin', actions = fzf.defaults.actions.files }
    fzf.fzf_exec(lines, vim.tbl_extend('force', defaults, options))
  end,

  select = function(title, list)
    vim.ui.select(list, {
      prompt = title,
      kind = 'plansmith',
      format_item = formatter(list),
      -- Pickers of Neovim 0.12 and later can show a preview.
      preview_item = function(entry)
        local buffer = vim.fn.bufadd(entry.filename)
        vim.fn.bufload(buffer)
        return { buf = buffer, pos = { entry.lnum, 0 } }
      end,
    }, function(entry)
      if entry then entries.jump(entry) end
    end)
  end,
}

--- Returns the name of the picker: `vim.g.plansmith_picker`, or the first plugin that is loaded.
---@return string
function M.default()
  if vim.g.plansmith_picker then return vim.g.plansmith_picker end
  local snacks = rawget(_G, 'Snacks')
  if snacks and snacks.config and snacks.config.picker and snacks.config.picker.enabled ~= false then return 'snacks' end
  if package.loaded['telescope'] then return 'telescope' end
  if package.loaded['fzf-lua'] then return 'fzf-lua' end
  return 'select'
end

--- Opens a picker.
---@param name? string one of `entries.sources`; default: "tasks"
---@param options? table options of the picker plugin, and `picker`, one of `pickers`
function M.pick(name, options)
  name, options = name or 'tasks', vim.tbl_extend('force', {}, options or {})
  local source = entries.sources[name]
  if not source then
    local expected = table.concat(vim.fn.sort(vim.tbl_keys(entries.sources)), ', ')
    return server.notify(('unknown list `%s`; expected %s'):format(name, expected), vim.log.levels.ERROR)
  end
  local picker = M.pickers[options.picker or M.default()]
  if not picker then
    local expected = table.concat(vim.fn.sort(vim.tbl_keys(M.pickers)), ', ')
    local message = ('unknown picker `%s`; expected %s'):format(options.picker or M.default(), expected)
    return server.notify(message, vim.log.levels.ERROR)
  end
  options.picker = nil
  source.request(function(list)
    if #list == 0 then return server.notify(source.empty) end
    picker(source.title, list, options)
  end)
end

return M
