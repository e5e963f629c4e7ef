--- Extension for telescope.nvim: `:Telescope plansmith`, `:Telescope plansmith all_tasks`, `plans`, `outline`.
local function pick(name)
  return function(options) require('plansmith.pick').pick(name, vim.tbl_extend('force', options or {}, { picker = 'telescope' })) end
end

local exports = { plansmith = pick('tasks') }
for name in pairs(require('plansmith.entries').sources) do
  exports[name] = pick(name)
end

return require('telescope').register_extension({ exports = exports })
