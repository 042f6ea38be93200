// The widget, as its hosts load it. Nothing is exported beside the default: anywidget warns of a named `render`.

import { hosted } from "./host.js";
import { view } from "./view.js";

export default hosted(view);
