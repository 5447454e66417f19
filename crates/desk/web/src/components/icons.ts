/** The pictures of the navigation; bundled, none is fetched. */
import {
  Bell,
  Box,
  Checked,
  DataAnalysis,
  EditPen,
  Message,
  Notebook,
  OfficeBuilding,
  Printer,
  Promotion,
  Setting,
  Stamp,
  View,
} from '@element-plus/icons-vue'

export const icons = {
  work: Bell,
  compose: EditPen,
  approve: Checked,
  seal: Stamp,
  sent: Promotion,
  received: Message,
  printing: Printer,
  registers: Notebook,
  archive: Box,
  supervision: DataAnalysis,
  authority: OfficeBuilding,
  audit: View,
  settings: Setting,
}
