--- Finders for snacks.nvim: `finder = 'plansmith_tasks'`, `plansmith_all_tasks`, `plansmith_plans`, `plansmith_outline`.
local M = {}

for name in pairs(require('plansmith.entries').sources) do
  M[name] = function() return require('plansmith.pick').snacks_items(require('plansmith.entries').wait(name)) end
end

return M
