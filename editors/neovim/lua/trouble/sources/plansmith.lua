--- Source for trouble.nvim: `:Trouble plansmith` lists ready tasks, `:Trouble plansmith_all` those of all plans.
local entries = require('plansmith.entries')
local Item = require('trouble.item')

---@class trouble.Source.plansmith: trouble.Source
local M = {}

--- Returns the configuration of a mode.
---@param name string one of `entries.sources`
local function mode(name)
  return {
    desc = entries.sources[name].title,
    events = { 'BufWritePost', 'LspAttach' },
    source = 'plansmith.' .. name,
    groups = { { 'filename', format = '{file_icon} {filename} {count}' } },
    sort = { 'filename', 'pos' },
    format = '{text} {pos}',
  }
end

M.config = { modes = { plansmith = mode('tasks'), plansmith_all = mode('all_tasks'), plansmith_outline = mode('outline') } }

M.get = {}
for name, source in pairs(entries.sources) do
  M.get[name] = function(callback)
    source.request(function(list)
      local items = {}
      for _, entry in ipairs(list) do
        items[#items + 1] = Item.new({
          source = 'plansmith',
          filename = entry.filename,
          pos = { entry.lnum, 0 },
          item = { text = entries.line(entry) },
        })
      end
      Item.add_id(items)
      callback(items)
    end)
  end
end

return M
